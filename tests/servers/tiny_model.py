"""A model file of half a megabyte with random weights, for a real llama.cpp server.

It writes nonsense, but it is a whole model: a llama of two layers with a tokenizer of single
characters. Its weights are made so that it writes letters, digits and spaces and never ends by
itself; where a grammar leaves only the end, it ends.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

CONTEXT = 4096
_WIDTH, _HIDDEN, _HEADS, _LAYERS = 64, 128, 4, 2
_LETTERS = [chr(code) for code in range(33, 127)] + ["\u2581"]
_SPECIAL = ["<unk>", "<s>", "</s>"]
_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
_TURNS = ["<|im_start|>", "<|im_end|>"]
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_NEVER, _SELDOM, _OFTEN, _MOST_OFTEN = -60.0, -30.0, 0.0, 0.5


def write_tiny_model(path: Path, seed: int = 1) -> None:
    """Writes the model file; the same seed gives the same file."""
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer)
    _add_tokenizer(writer)
    _add_weights(writer, np.random.default_rng(seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tokens() -> list[str]:
    return [*_SPECIAL, *_BYTES, *_LETTERS, *_TURNS]


def _describe(writer: gguf.GGUFWriter) -> None:
    writer.add_name("tiny-random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * len(_BYTES)
    kinds += [gguf.TokenType.NORMAL] * len(_LETTERS)
    kinds += [gguf.TokenType.CONTROL] * len(_TURNS)
    scores = [0.0] * len(_SPECIAL) + [-1000.0] * len(_BYTES)
    scores += [-10.0] * len(_LETTERS) + [0.0] * len(_TURNS)
    tokens = _tokens()
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_unk_token_id(tokens.index("<unk>"))
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("</s>"))
    writer.add_eot_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(value=True)
    writer.add_add_space_prefix(value=False)
    writer.add_chat_template(_TEMPLATE)


def _add_weights(writer: gguf.GGUFWriter, random: np.random.Generator) -> None:
    def noise(*shape: int) -> NDArray[np.float32]:
        return (random.standard_normal(shape) * 0.05).astype(np.float32)

    ones = np.ones(_WIDTH, np.float32)
    likings = np.array([_liking(token) for token in _tokens()], np.float32)
    embedding = noise(len(likings), _WIDTH)
    embedding[:, 0] = 4.0  # one channel is the same for all tokens ...
    output = noise(len(likings), _WIDTH) * 8
    output[:, 0] = likings / 7.9  # ... so that here it says how much each token is liked
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", ones)
    writer.add_tensor("output.weight", output)
    square, up, down = (_WIDTH, _WIDTH), (_HIDDEN, _WIDTH), (_WIDTH, _HIDDEN)
    shapes = {"attn_q": square, "attn_k": square, "attn_v": square, "attn_output": square}
    shapes |= {"ffn_gate": up, "ffn_up": up, "ffn_down": down}
    for layer in range(_LAYERS):
        for name, shape in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", noise(*shape))
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", ones)


def _liking(token: str) -> float:
    """How much the model likes to write a token."""
    if token in {"</s>", "<|im_end|>"}:
        return _NEVER
    if token == "\u2581":
        return _MOST_OFTEN
    if token in _LETTERS:
        return _OFTEN if token.isalnum() or token == '"' else -2.0
    return -4.0 if token == "<0x0A>" else _SELDOM
