"""The colours of labels in a page."""

import re
from xml.etree import ElementTree

from subtasks.drawing import colours, paints


def test_every_label_has_a_colour_and_patterns_are_drawn_for_those_with_lines() -> None:
    styles, patterns = paints.styles(), paints.patterns()
    ElementTree.fromstring(patterns)
    for rank in range(colours.paints()):
        [fill] = re.findall(rf"\.l{rank}{{fill:(.*?)}}", styles)
        if colours.paint(rank).hatch:
            assert fill == f"url(#p{rank})"
            assert f'id="p{rank}"' in patterns
        else:
            assert fill == colours.paint(rank).colour
    assert paints.swatch(33) == paints.swatch(1)
