"""Run by alembic: migrates the database of the connection that it is given, in the transaction that is open there."""

from alembic import context

from reelgraph.store.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
