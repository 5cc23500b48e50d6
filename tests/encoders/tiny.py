"""Small models with random weights, saved the way sentence-transformers saves any model."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Pooling,
    StaticEmbedding,
    Transformer,
)
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
MAX_TOKENS = 48


def bert(
    directory: Path,
    *,
    pooling: Literal["mean", "cls"] = "mean",
    prompts: dict[str, str] | None = None,
    pool_prompt: bool = True,
    token_types: bool = True,
    seed: int = 0,
) -> Path:
    """Save a two-layer BERT that knows letters, without a normalising module."""
    torch.manual_seed(seed)
    backbone = directory / "backbone"
    BertModel(_config()).save_pretrained(backbone)
    _save_tokenizer(backbone, token_types=token_types)
    modules = [Transformer(str(backbone)), Pooling(32, pooling, include_prompt=pool_prompt)]
    SentenceTransformer(modules=modules, prompts=prompts).save(str(directory / "model"))
    return directory / "model"


def cross_bert(
    directory: Path,
    *,
    labels: int = 1,
    names: Sequence[str] = (),
    token_types: bool = True,
    prompts: dict[str, str] | None = None,
    spoilt: bool = False,
) -> Path:
    """Save a two-layer BERT that reads two texts of letters and gives them `labels` scores.

    They are called `names`, and NaN when it is `spoilt`.
    """
    torch.manual_seed(0)
    backbone = directory / "backbone"
    config = _config(len(names) or labels)
    if names:
        config.id2label = dict(enumerate(names))
        config.label2id = {name: place for place, name in enumerate(names)}
    network = BertForSequenceClassification(config)
    if spoilt:
        torch.nn.init.constant_(network.classifier.bias, math.nan)
    network.save_pretrained(backbone)
    _save_tokenizer(backbone, token_types=token_types)
    first_prompt = next(iter(prompts or {}), None)
    model = CrossEncoder(
        str(backbone), device="cpu", prompts=prompts, default_prompt_name=first_prompt
    )
    model.save(str(directory / "model"))
    return directory / "model"


def projected(directory: Path) -> Path:
    """Save a model that projects what it pooled, so that its tokens are in another space."""
    whole = SentenceTransformer(str(bert(directory)), device="cpu")
    torch.manual_seed(0)
    SentenceTransformer(modules=[*whole, Dense(32, 32)]).save(str(directory / "projected"))
    return directory / "projected"


def static(directory: Path) -> Path:
    """Save a model that only looks words up, which has no attention to export."""
    torch.manual_seed(0)
    model = SentenceTransformer(modules=[StaticEmbedding(_tokenizer(), embedding_dim=16)])
    model.save(str(directory / "model"))
    return directory / "model"


def _config(labels: int = 2) -> BertConfig:
    config = BertConfig(
        vocab_size=len(_letters()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=MAX_TOKENS,
        # Large weights, so that another prompt or pooling makes a clearly different vector.
        initializer_range=0.5,
    )
    config.num_labels = labels
    return config


def _save_tokenizer(directory: Path, *, token_types: bool) -> None:
    PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(),
        model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask", *["token_type_ids"] * token_types],
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(directory)


def _letters() -> dict[str, int]:
    symbols = string.ascii_lowercase + string.digits + string.punctuation
    pieces = [*SPECIAL, *symbols, *(f"##{symbol}" for symbol in symbols)]
    return {piece: number for number, piece in enumerate(pieces)}


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(_letters(), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer
