-- What a VM was created with for its guest, as JSON: variables and files, which may be secrets. It goes with its VM.
CREATE TABLE user_data (
  vm      TEXT PRIMARY KEY,
  host    TEXT NOT NULL,
  content TEXT NOT NULL
);
