"""The image of each release of Debian that an instance asks for, built at need beside the hypervisor's rounds."""

from concurrent.futures import Future, ThreadPoolExecutor, wait

import docker

from sandbox import images


class HostImages:
    """Images of hosts by release; each is asked for again at each need, since somebody may have removed it."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="image")
        self._builds: dict[str, Future[str]] = {}

    def get(self, release: str) -> str | None:
        """The image's tag, or None while it is being built. Raises what the build raised, and then builds anew."""
        build = self._builds.get(release)
        if build is None:
            build = self._builds[release] = self._builder.submit(images.host, self._client, release)
            # Where the image exists, it takes no time to say so.
            wait([build], timeout=1)
        if not build.done():
            return None
        del self._builds[release]
        return build.result()
