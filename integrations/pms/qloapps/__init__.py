"""QloApps 1.6.1 and later, by its webservice as it was measured to behave."""

from __future__ import annotations

from integrations.pms.qloapps.adapter import QloApps
from integrations.pms.qloapps.config import Config, OrderStates, Plan

__all__ = ["Config", "OrderStates", "Plan", "QloApps"]
