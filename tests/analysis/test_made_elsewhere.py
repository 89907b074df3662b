from respml.analysis.made_elsewhere import preprocessing_words


def test_a_mapping_that_travels_with_the_model_is_told_in_full():
    steps = {
        "rename": {"UTIL": "utilisation"},
        "codes": {"region": {"0": "north", "1": "south"}},
        "fill": {"UTIL": 0.5},
        "text": ["region"],
    }
    assert preprocessing_words(steps) == (
        "UTIL is read from utilisation",
        "region: 0 → north, 1 → south",
        "UTIL: missing → 0.5",
        "region as text",
    )


def test_no_preprocessing_says_nothing():
    assert preprocessing_words({}) == ()
