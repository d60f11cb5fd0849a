from subtasks.demo import arm, drawing


def test_a_block_is_drawn_where_it_is():
    recording = arm.simulate(0, 0)
    pictures = list(drawing.frames(recording))
    assert len(pictures) == recording.length
    assert {picture.shape for picture in pictures} == {(drawing.HEIGHT, drawing.WIDTH, 3)}
    for frame in (0, len(pictures) // 3):
        for (x, y), colour in zip(recording.blocks[frame], recording.colours, strict=True):
            scale = drawing.SCALE / drawing.SMOOTHING
            at = round((drawing.TOP - y) * scale), round((x - drawing.LEFT) * scale)
            assert tuple(pictures[frame][at]) == drawing.BLOCK_COLOURS[colour]
