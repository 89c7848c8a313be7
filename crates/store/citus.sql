-- How the tables lie on a server with Citus: every row on the shard of its domain, so that all of a town is on one node and
-- each statement of a town goes to one node alone. There is no reference table: nothing belongs to all towns. Done after the
-- migrations where the extension is installed, one statement a call, each only where the table is not distributed yet.
SELECT create_distributed_table('journal', 'domain');
SELECT create_distributed_table('record', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('party', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('counted', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('sealed_key', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('look', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('stored_file', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('attachment', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('account', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('session', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('bearer', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('meta', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('draft', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('draft_edit', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('draft_body', 'domain', colocate_with => 'journal');
SELECT create_distributed_table('doc', 'domain', colocate_with => 'journal');
