# build   the locked packages and the code, byte-compiled, in /otp
# final   Python and /otp, nothing else; it runs as user 10001, which has no write access

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /otp
COPY requirements-build.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-build.lock \
    && uv pip install --no-cache --python /otp --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY app app
# Unchecked bytecode stays valid when registries change the modification times of files.
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
    && uv pip install --no-cache --python /otp --no-deps /wheel/*.whl && rm -f /otp/.lock \
    && /otp/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /otp/lib
# Names of places, carriers and time zones, 41 MB, which only modules that the service does not import read.
RUN for unused in geodata carrierdata tzdata; do rm -r /otp/lib/python3.*/site-packages/phonenumbers/$unused; done

FROM python:3.13-slim AS final
# Nothing can be installed into a container, and no scanner reports what nobody uses.
RUN python -m pip uninstall --quiet --yes --root-user-action ignore pip && rm -r /usr/local/lib/python3.*/ensurepip
LABEL org.opencontainers.image.title="otp" \
      org.opencontainers.image.description="Verifies phone numbers by SMS."
COPY --from=build /otp /otp
ENV PATH=/otp/bin:$PATH
WORKDIR /otp
USER 10001:10001
EXPOSE 8000
# http.client, since it is small and ignores proxy settings.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, 2); c.request('GET', '/livez'); exit(c.getresponse().status != 200)"]
# The port is fixed here so that a PORT in .env, which is for the host, does not change it.
CMD ["otp", "serve", "--host", "0.0.0.0", "--port", "8000"]
