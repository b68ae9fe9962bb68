"""The kit's own faults: tests that no agent can pass, and why."""

_MUST = "tests/compatibility/core_operations/test_requirements.py::test_must_requirement"
_MEDIA = (
    "The requirement wants ContentTypeNotSupportedError, but its entry names no expected error, so the test counts "
    "every error as a failure. Both answers carry that error (-32005, and 415 as revision 1.0.0 has it)."
)

KNOWN = {
    f"{_MUST}[CORE-SEND-003-jsonrpc]": _MEDIA,
    f"{_MUST}[CORE-SEND-003-http_json]": _MEDIA,
    "tests/optional/capabilities/test_message_send_capabilities.py::test_message_send_continue_with_contextid": (
        "Over REST the kit looks for context_id in an answer that ProtoJSON writes as contextId, invents a context "
        "when it finds none, and then wants a task continued under a context that is not its own."
    ),
    "tests/optional/quality/test_task_state_quality.py::test_task_state_transitions": (
        "It wants a blocking send to end in submitted or working. The specification ends it at rest; other tests of "
        "the kit go on with what they began, which only a task in input-required allows."
    ),
}
