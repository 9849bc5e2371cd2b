#!/bin/sh
# Makes the virtual environment FOLDER with uv in it: sh deploy/make_venv.sh FOLDER. `make env` calls this.
set -eu
folder=$1

stop() { # one line in each language, then the end
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for name in python3.13 python3.12 python3.11 python3; do
    if is_new_enough "$name"; then
        python=$name
        break
    fi
done
[ -n "$python" ] || stop \
    "未找到 Python 3.11 或更新版本。请安装(Debian/Ubuntu: apt-get install python3 python3-venv),然后重试。" \
    "No Python 3.11 or newer found. Install one (Debian, Ubuntu: apt-get install python3 python3-venv) and try again."

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import ensurepip, venv' 2>/dev/null || stop \
    "$python 缺少 venv 模块。请安装:apt-get install python$version-venv,然后重试。" \
    "$python lacks the venv module. Install it: apt-get install python$version-venv, and try again."

"$python" -m venv --clear "$folder" || stop \
    "无法创建虚拟环境 $folder,原因见上。" \
    "The virtual environment $folder could not be made; the reason stands above."

lock=$folder/uv.txt # the lines of the lock that are about uv: its version and its hashes
sed -n '/^uv==/,/[^\\]$/p' requirements.lock >"$lock"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" || stop \
    "无法安装 uv,原因见上。若需代理或镜像,请配置 pip(pip config set global.index-url …)。" \
    "uv could not be installed; the reason stands above. For a proxy or mirror, configure pip (pip config set …)."
