"""What an agent card says about keys: nothing while everybody may ask, else where a key goes."""

from typing import Any

from app.settings import Settings


def security(settings: Settings) -> dict[str, Any]:
    """`securitySchemes` and `securityRequirements` of an A2A 1.0 card; empty while no key is needed."""
    if settings.access != "keys":
        return {}
    return {
        "securitySchemes": {
            "bearer": {"httpAuthSecurityScheme": {"scheme": "Bearer", "description": "An API key, lsk_…"}},
            "apiKey": {"apiKeySecurityScheme": {"location": "header", "name": "X-API-Key"}},
        },
        "securityRequirements": [{"schemes": {"bearer": {"list": []}}}, {"schemes": {"apiKey": {"list": []}}}],
    }


def security_0_3(settings: Settings) -> dict[str, Any]:
    """The same for a card of A2A 0.3: `securitySchemes` and `security`, as OpenAPI has them."""
    if settings.access != "keys":
        return {}
    return {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, lsk_…"},
            "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
        "security": [{"bearer": []}, {"apiKey": []}],
    }
