-- A user and a database for the store. Run as an administrator of PostgreSQL:
--     sudo -u postgres psql -f configs/postgresql/create.sql
--     sudo -u postgres psql -c '\password allocator'
-- The tables are made by the first command that opens the store.
CREATE ROLE allocator LOGIN;
CREATE DATABASE market OWNER allocator ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE market FROM PUBLIC;
