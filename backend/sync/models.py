"""What sync stores: receipts of commands, the change feed with its counters, and the epoch."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base

# As text: an engine knows its index by these very words.
GONE = text("gone <> ''")


class SyncReceipt(Base):
    """A decided command, kept for good: sent again, it gets the same verdict. ``fingerprint`` is BLAKE2b over name
    and raw args; ``detail`` and ``seqs`` are JSON."""

    __tablename__ = "sync_receipts"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36))
    device: Mapped[str] = mapped_column(String(64))
    n: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    seqs: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]


class SyncRow(Base):
    """The feed: a row as one scope holds it, with the sequence number of its latest change. ``doc`` is its JSON;
    None when it is ``gone`` (``deleted`` or ``evicted``), since ``gone_at``."""

    __tablename__ = "sync_rows"
    __table_args__ = (
        Index("ix_sync_rows_scope_seq", "tenant_id", "scope", "seq"),
        # Tombstones, by when they may be forgotten: few among all that is there.
        Index("ix_sync_rows_gone", "tenant_id", "gone_at", sqlite_where=GONE, postgresql_where=GONE),
    )

    # The scope stands last in the key, so that its prefix finds every scope that holds a row.
    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    doc: Mapped[str | None] = mapped_column(Text)
    gone: Mapped[str] = mapped_column(String(8), default="")
    gone_at: Mapped[datetime | None]


class SyncCounter(Base):
    """One scope: its latest sequence number, count and hash of its live rows (``offline.digest``), and the
    sequence number up to which tombstones were dropped."""

    __tablename__ = "sync_counters"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    count: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[int] = mapped_column(BigInteger, default=0)
    horizon: Mapped[int] = mapped_column(BigInteger, default=0)


class SyncEpoch(Base):
    """Changes when history was restored or rebuilt. ``tenant_id`` is empty for the whole installation's."""

    __tablename__ = "sync_epochs"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(36))
