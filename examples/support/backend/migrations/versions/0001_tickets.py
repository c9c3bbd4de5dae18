"""Tickets and the sentiment that was read in them.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and indexes for what the dashboards ask most."""
    op.execute("""
        CREATE TABLE tickets (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subject text NOT NULL,
            sentiment real,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX tickets_by_time ON tickets (created_at)")
    op.execute("CREATE INDEX tickets_by_sentiment ON tickets (sentiment, created_at)")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE tickets")
