ALTER TABLE basket ADD COLUMN pressed_by TEXT;
