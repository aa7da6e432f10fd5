"""A runtime for MLServer that answers with five reasons, which those that come with it do not."""

from __future__ import annotations

import json

import lightgbm
import pandas as pd
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri
from reasons import explained


class Reasons(MLModel):
    """LightGBM with its contributions."""

    async def load(self) -> bool:
        """Read the model."""
        self.booster = lightgbm.Booster(model_file=await get_model_uri(self._settings))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Probability and reasons of a ready row of features."""
        row = NumpyCodec.decode_input(payload.inputs[0])
        told = explained(self.booster, pd.DataFrame(row, columns=self.booster.feature_name(), copy=False))
        said = StringCodec.encode_output("reasons", [json.dumps(told)])
        return InferenceResponse(model_name=self.name, outputs=[said])
