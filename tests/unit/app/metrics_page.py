"""Reading the page of metrics."""

from prometheus_client.parser import text_string_to_metric_families


def figures(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample of a page by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(text: str, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels, and perhaps others."""
    wanted = set(labels.items())
    return sum(value for (found, its), value in figures(text).items() if found == name and wanted <= its)
