"""Users and their items.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.execute("""
        CREATE TABLE users (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            email text NOT NULL UNIQUE,
            password_hash text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    # The unique key is what makes a retried POST /items find the first one's row.
    op.execute("""
        CREATE TABLE items (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            idempotency_key uuid NOT NULL,
            name text NOT NULL,
            description text NOT NULL DEFAULT '',
            created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (owner_id, idempotency_key)
        )
    """)
    op.execute("CREATE INDEX items_by_owner ON items (owner_id, id)")


def downgrade() -> None:
    """Drop both tables."""
    op.execute("DROP TABLE items")
    op.execute("DROP TABLE users")
