"""What is deployed fits what is programmed: settings, metrics, the image's packages."""
