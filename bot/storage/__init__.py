"""The only place with SQL: tables, migrations, jobs, values kept under names."""

from bot.storage.postponed_orm import postpone_orm

postpone_orm()
