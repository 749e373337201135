"""Hotels (tenants), their people, accounts and hours, what they know about themselves and who changed what."""

from tenants.models.accounts import Channel, ChannelAccount, MetaApp, PaymentAccount, PmsConnection
from tenants.models.facts import Fact
from tenants.models.history import HistoryEntry, SwitchChange
from tenants.models.hotels import Tenant, UnderstandingMode
from tenants.models.hours import Holiday, OpeningHours
from tenants.models.owned import TenantOwned, tenant_models
from tenants.models.people import Membership, Role
from tenants.models.pictures import Picture

__all__ = [
    "Channel", "ChannelAccount", "Fact", "HistoryEntry", "Holiday", "Membership", "MetaApp", "OpeningHours",
    "PaymentAccount", "Picture", "PmsConnection", "Role", "SwitchChange", "Tenant", "TenantOwned", "UnderstandingMode",
    "tenant_models",
]  # fmt: skip
