create table if not exists orders (
    id integer generated always as identity primary key,
    article text not null check (article <> ''),
    quantity integer not null check (quantity > 0),
    placed timestamptz not null default now(),
    shipped timestamptz
);
create index if not exists orders_open on orders (placed) where shipped is null;
