-- A check of a table is read and prepared anew by each statement that writes there, and appends write to both of these.
alter table evento.head drop constraint if exists head_id_check;

alter table evento.ledger drop constraint if exists ledger_check;
