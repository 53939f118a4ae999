"""The only place with SQL: tables, migrations, jobs, values kept under names."""
