"""Runs the steps on the connection that was handed in; alembic asks for this file by its name."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
