"""The HTTP door of dispatch, a file for each kind of caller."""

from services.dispatch.api import desk, mobile, observations, organisation, sign_in, stream
from shared.web import merged

router = merged(part.router for part in (sign_in, mobile, stream, organisation, desk, observations))
