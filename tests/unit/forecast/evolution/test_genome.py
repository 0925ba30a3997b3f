"""Genes: every genome is a recipe, and recipes keep what they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.forecast.evolution import Space, child
from allocator.forecast.evolution.genes import SEARCHED
from allocator.forecast.evolution.mutation import reflected
from allocator.forecast.knobs import Knobs
from allocator.forecast.sizes import EncoderDecoderSize
from allocator.forecast.spec import Architecture, Inputs, Loss, ModelSpec

SPACE = Space(
    {
        Inputs.UNIVARIATE: ("close",),
        Inputs.TA57: ("close", "overlap", "momentum", "volume"),
        Inputs.CONTEXT: ("close", "bars", "calendar"),
    },
    horizon=5,
)


def genome_of(seed):
    """Anywhere in the unit cube, a third of its genes at an end or in the middle."""
    rng = np.random.default_rng(seed)
    odd = rng.choice([0.0, 0.5, 1.0], len(SPACE.names))
    return np.where(rng.random(len(SPACE.names)) < 1 / 3, odd, SPACE.random(rng))


GENOMES = st.integers(0, 2**32).map(genome_of)


@given(GENOMES)
def test_every_genome_is_a_recipe(genome):
    """No point of the unit cube is refused by the checks of `ModelSpec`, and each is of the space's horizon."""
    spec = SPACE.decode(genome, seed=3)
    assert (5, 3) == (spec.horizon, spec.seed)
    assert "close" not in spec.without
    assert set(spec.without) <= set(SPACE.groups[spec.inputs])


@given(GENOMES)
def test_a_recipe_comes_back_from_its_genes(genome):
    """Recipe, genome, recipe: the same; also from genes kept by name."""
    spec = SPACE.decode(genome)
    again = SPACE.encode(spec)
    assert spec.digest() == SPACE.decode(again).digest()
    assert spec.digest() == SPACE.decode(SPACE.genome(SPACE.named(genome), spec)).digest()


@given(GENOMES, st.integers(0, 2**32), st.floats(1, 100))
def test_children_are_recipes(genome, seed, radius):
    """However far a mutation goes, mirrors bring it back."""
    rng = np.random.default_rng(seed)
    born = child(genome, SPACE.random(rng), SPACE.random(rng), radius=radius, rng=rng)
    assert ((born >= 0) & (born <= 1)).all()
    assert SPACE.decode(born).horizon == 5


def test_mirrors():
    """What leaves at an end comes back from it by as much."""
    assert [0.0, 0.25, 0.75, 0.5, 1.0, 0.5] == reflected(np.array([0.0, -0.25, 1.25, 2.5, -1.0, -3.5])).tolist()


def test_equal_parents_change_nothing():
    """Where all agree a gene rests."""
    rng = np.random.default_rng(0)
    base, parent = SPACE.random(rng), SPACE.random(rng)
    assert base.tolist() == pytest.approx(child(base, parent, parent, radius=1, rng=rng).tolist())


def test_a_larger_radius_takes_smaller_steps():
    """The step is divided by it."""
    half = np.full(len(SPACE.names), 0.5)
    one, other = half + 0.05, half - 0.05
    near, far = (child(half, one, other, radius=radius, rng=np.random.default_rng(1)) for radius in (10, 1))
    assert (far - half).tolist() == pytest.approx((10 * (near - half)).tolist())


@pytest.mark.parametrize("kind", SEARCHED, ids=lambda kind: kind.__name__)
def test_the_search_is_inside_of_what_is_allowed(kind: type[Knobs]):
    """The range of each gene lies in the bounds that the dataclass gives its number."""
    bounds = {each.name: each.metadata for each in kind.__dataclass_fields__.values()}
    for name, (low, high, _) in SEARCHED[kind].items():
        assert bounds[name]["low"] <= low < high <= bounds[name]["high"], name


def test_first_genomes_are_one_of_each_network_on_the_richest_inputs():
    """Where a search begins, with every feature on."""
    specs = [SPACE.decode(SPACE.first(at)) for at in range(5)]
    assert list(Architecture) == [spec.architecture for spec in specs]
    assert {(Inputs.TA57, ())} == {(spec.inputs, spec.without) for spec in specs}
    assert {Loss.PCT, Loss.NLL} == {spec.trained_by for spec in specs}


def test_numbers_that_depend_on_each_other_are_made_to_agree():
    """A decoder is not shown more rows than the window has, and widths are multiples of heads."""
    spec = ModelSpec(Architecture.ENCODER_DECODER, Inputs.UNIVARIATE, window=100, size=EncoderDecoderSize(known=90))
    genome = SPACE.encode(spec)
    genome[SPACE.names.index("window")] = 0
    small = SPACE.decode(genome)
    assert isinstance(small.size, EncoderDecoderSize)
    assert (8, 8) == (small.window, small.size.known)


def test_a_short_history_has_short_windows():
    """The range of the gene ends where the history does."""
    space = Space(SPACE.groups, longest=20)
    assert 20 == space.decode(np.ones(len(space.names))).window


def test_genes_that_are_new_are_as_in_the_recipe():
    """A population that is older than a feature goes on with it."""
    spec = SPACE.decode(SPACE.random(np.random.default_rng(4)))
    kept = {name: x for name, x in SPACE.named(SPACE.encode(spec)).items() if not name.startswith("uses:")}
    assert spec.digest() == SPACE.decode(SPACE.genome(kept, spec)).digest()
