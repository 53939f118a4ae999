"""The only place with SQL: tables, migrations, jobs, values kept under names."""

from bot.postponing import postpone

# With its connections come its sessions, and with them the ORM: 7 MB and a tenth of a second that nothing here uses.
postpone("sqlalchemy.ext.asyncio", {"engine": ("AsyncConnection", "AsyncEngine", "create_async_engine")})
