"""Where a call runs, as people name it."""

from typing import Any

import jax

from surefoot.terms import InputError


def device_named(device: Any) -> Any:
    """The JAX device of a name ("cpu", "gpu", "tpu"), a device as it is, None for None.

    Raises:
        InputError: this machine has none of that name, or it is no name.
    """
    if device is None or isinstance(device, jax.Device):
        return device
    if isinstance(device, str) and device:
        try:
            return jax.devices(device)[0]
        except RuntimeError:
            pass
    here = ", ".join(sorted({repr(found.platform) for found in (*jax.devices(), _cpu())}))
    raise InputError(
        f"device is {device!r}; this machine has {here} (a JAX device, e.g. jax.devices()[0], is "
        "taken too)"
    )


def _cpu() -> Any:
    return jax.devices("cpu")[0]
