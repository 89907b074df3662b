import hashlib

from respml.pipeline.seeds import seed_for


def test_the_seed_is_the_first_31_bits_of_the_hash():
    bits = bin(int(hashlib.sha256(b"20240101/scores").hexdigest(), 16))[2:].zfill(256)
    assert seed_for(20240101, "scores") == int(bits[:31], 2)


def test_stages_and_spec_seeds_have_seeds_of_their_own():
    seeds = {seed_for(seed, name) for seed in range(50) for name in ("scores", "candidates", "experiment.refits")}
    assert len(seeds) == 150
    assert all(0 <= seed < 2**31 for seed in seeds)
