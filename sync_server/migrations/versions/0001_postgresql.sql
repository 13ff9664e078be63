CREATE TABLE server (
	server_id TEXT NOT NULL,
	CONSTRAINT pk_server PRIMARY KEY (server_id)
)

-- next

CREATE TABLE stores (
	store_id TEXT NOT NULL,
	name TEXT NOT NULL,
	feed_id TEXT NOT NULL,
	rev BIGINT NOT NULL,
	opening TEXT NOT NULL,
	arrival BIGINT NOT NULL,
	pepper BYTEA NOT NULL,
	created_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_stores PRIMARY KEY (store_id)
)

-- next

CREATE TABLE gaps (
	store_id TEXT NOT NULL,
	after BIGINT NOT NULL,
	before BIGINT NOT NULL,
	CONSTRAINT pk_gaps PRIMARY KEY (store_id, after)
)

-- next

CREATE TABLE journals (
	store_id TEXT NOT NULL,
	journal_id TEXT NOT NULL,
	seq BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	applied_seq BIGINT NOT NULL,
	till_id TEXT,
	device_id TEXT,
	at_ms BIGINT,
	received_at_ms BIGINT NOT NULL,
	lost_hash BYTEA,
	durable BIGINT NOT NULL,
	CONSTRAINT pk_journals PRIMARY KEY (store_id, journal_id)
)

-- next

CREATE TABLE entries (
	store_id TEXT NOT NULL,
	journal_id TEXT NOT NULL,
	seq BIGINT NOT NULL,
	arrival BIGINT NOT NULL,
	received_at_ms BIGINT NOT NULL,
	at_ms BIGINT NOT NULL,
	kind TEXT NOT NULL,
	version BIGINT NOT NULL,
	event_id TEXT NOT NULL,
	salt BYTEA NOT NULL,
	body BYTEA NOT NULL,
	text BYTEA,
	digest BYTEA NOT NULL,
	prev_hash BYTEA NOT NULL,
	hash BYTEA NOT NULL,
	CONSTRAINT pk_entries PRIMARY KEY (store_id, journal_id, seq),
	CONSTRAINT uq_entries_store_id_arrival UNIQUE (store_id, arrival)
)

-- next

CREATE INDEX ix_entries_received_at_ms ON entries USING brin (received_at_ms) WITH (pages_per_range = 32, autosummarize = on)

-- next

CREATE OR REPLACE FUNCTION keep_entries() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'an entry is never deleted'; END IF;
            IF NEW.store_id IS DISTINCT FROM OLD.store_id OR NEW.journal_id IS DISTINCT FROM OLD.journal_id OR NEW.seq IS DISTINCT FROM OLD.seq OR NEW.arrival IS DISTINCT FROM OLD.arrival OR NEW.received_at_ms IS DISTINCT FROM OLD.received_at_ms OR NEW.at_ms IS DISTINCT FROM OLD.at_ms OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.version IS DISTINCT FROM OLD.version OR NEW.event_id IS DISTINCT FROM OLD.event_id OR NEW.digest IS DISTINCT FROM OLD.digest OR NEW.prev_hash IS DISTINCT FROM OLD.prev_hash OR NEW.hash IS DISTINCT FROM OLD.hash
               OR NOT (NEW.text IS NULL AND (NEW.body = ''::bytea AND NEW.salt = ''::bytea OR NEW.body = OLD.body AND NEW.salt = OLD.salt))
            THEN RAISE EXCEPTION 'an entry is never changed'; END IF;
            RETURN NEW;
        END $$

-- next

CREATE TRIGGER entries_are_kept BEFORE UPDATE OR DELETE ON entries
       FOR EACH ROW EXECUTE FUNCTION keep_entries()

-- next

CREATE TABLE pushes (
	store_id TEXT NOT NULL,
	arrival BIGINT NOT NULL,
	entries BIGINT NOT NULL,
	journal_id TEXT NOT NULL,
	device_id TEXT,
	received_at_ms BIGINT NOT NULL,
	request_id TEXT NOT NULL,
	CONSTRAINT pk_pushes PRIMARY KEY (store_id, arrival)
)

-- next

CREATE TABLE events (
	store_id TEXT NOT NULL,
	event_id TEXT NOT NULL,
	journal_id TEXT NOT NULL,
	seq BIGINT NOT NULL,
	CONSTRAINT pk_events PRIMARY KEY (store_id, event_id)
)

-- next

CREATE TABLE quarantine (
	store_id TEXT NOT NULL,
	event_id TEXT NOT NULL,
	journal_id TEXT NOT NULL,
	seq BIGINT NOT NULL,
	kind TEXT NOT NULL,
	version BIGINT NOT NULL,
	reason TEXT NOT NULL,
	received_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_quarantine PRIMARY KEY (store_id, event_id)
)

-- next

CREATE TABLE sales (
	store_id TEXT NOT NULL,
	event_id TEXT NOT NULL,
	journal_id TEXT NOT NULL,
	seq BIGINT NOT NULL,
	kind TEXT NOT NULL,
	till_id TEXT NOT NULL,
	business_day TEXT NOT NULL,
	hour BIGINT NOT NULL,
	at_ms BIGINT NOT NULL,
	operator_id TEXT NOT NULL,
	receipt TEXT NOT NULL,
	currency TEXT NOT NULL,
	total BIGINT NOT NULL,
	tax BIGINT NOT NULL,
	methods TEXT NOT NULL,
	CONSTRAINT pk_sales PRIMARY KEY (store_id, event_id),
	CONSTRAINT ck_sales_kind CHECK (kind IN ('sale', 'refund'))
)

-- next

CREATE INDEX ix_sales_store_id_business_day ON sales (store_id, business_day)

-- next

CREATE TABLE rollups (
	store_id TEXT NOT NULL,
	day TEXT NOT NULL,
	till_id TEXT NOT NULL,
	facet TEXT NOT NULL,
	key TEXT NOT NULL,
	label TEXT COLLATE "C" NOT NULL,
	sales BIGINT NOT NULL,
	refunds BIGINT NOT NULL,
	quantity BIGINT NOT NULL,
	gross BIGINT NOT NULL,
	refunded BIGINT NOT NULL,
	tax BIGINT NOT NULL,
	CONSTRAINT pk_rollups PRIMARY KEY (store_id, day, till_id, facet, key)
)

-- next

CREATE TABLE proofs (
	store_id TEXT NOT NULL,
	day TEXT NOT NULL,
	till_id TEXT NOT NULL,
	tickets BIGINT NOT NULL,
	net BIGINT NOT NULL,
	p0 BIGINT NOT NULL,
	p1 BIGINT NOT NULL,
	p2 BIGINT NOT NULL,
	p3 BIGINT NOT NULL,
	p4 BIGINT NOT NULL,
	p5 BIGINT NOT NULL,
	p6 BIGINT NOT NULL,
	p7 BIGINT NOT NULL,
	CONSTRAINT pk_proofs PRIMARY KEY (store_id, day, till_id)
)

-- next

CREATE TABLE told (
	store_id TEXT NOT NULL,
	day TEXT NOT NULL,
	till_id TEXT NOT NULL,
	tickets BIGINT NOT NULL,
	net BIGINT NOT NULL,
	digest TEXT NOT NULL,
	told_at_ms BIGINT NOT NULL,
	same BIGINT NOT NULL,
	CONSTRAINT pk_told PRIMARY KEY (store_id, day, till_id),
	CONSTRAINT ck_told_same CHECK (same IN (0, 1))
)

-- next

CREATE TABLE documents (
	store_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	rev BIGINT NOT NULL,
	body TEXT NOT NULL,
	deleted BIGINT NOT NULL,
	fields TEXT NOT NULL,
	CONSTRAINT pk_documents PRIMARY KEY (store_id, kind, key),
	CONSTRAINT ck_documents_deleted CHECK (deleted IN (0, 1))
)

-- next

CREATE INDEX ix_documents_store_id_rev ON documents (store_id, rev)

-- next

CREATE TABLE product_codes (
	store_id TEXT NOT NULL,
	code TEXT NOT NULL,
	key TEXT NOT NULL,
	CONSTRAINT pk_product_codes PRIMARY KEY (store_id, code)
)

-- next

CREATE INDEX ix_product_codes_store_id_key ON product_codes (store_id, key)

-- next

CREATE TABLE product_names (
	store_id TEXT NOT NULL,
	key TEXT NOT NULL,
	folded TEXT NOT NULL,
	CONSTRAINT pk_product_names PRIMARY KEY (store_id, key)
)

-- next

CREATE TABLE conflicts (
	store_id TEXT NOT NULL,
	event_id TEXT NOT NULL,
	field TEXT NOT NULL,
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	proposed TEXT NOT NULL,
	current TEXT NOT NULL,
	reason TEXT NOT NULL,
	operator_id TEXT NOT NULL,
	at_ms BIGINT NOT NULL,
	resolved_at_ms BIGINT,
	resolved_by TEXT,
	resolution TEXT,
	CONSTRAINT pk_conflicts PRIMARY KEY (store_id, event_id, field)
)

-- next

CREATE TABLE feedback (
	store_id TEXT NOT NULL,
	event_id TEXT NOT NULL,
	scope TEXT NOT NULL,
	sentiment TEXT NOT NULL,
	message TEXT NOT NULL,
	related_sale_id TEXT,
	operator_id TEXT NOT NULL,
	till_id TEXT NOT NULL,
	at_ms BIGINT NOT NULL,
	received_at_ms BIGINT NOT NULL,
	state TEXT NOT NULL,
	tag TEXT,
	moderated_by TEXT,
	moderated_at_ms BIGINT,
	CONSTRAINT pk_feedback PRIMARY KEY (store_id, event_id)
)

-- next

CREATE INDEX ix_feedback_store_id_at_ms ON feedback (store_id, at_ms)

-- next

CREATE TABLE insights (
	store_id TEXT NOT NULL,
	source_run_id TEXT NOT NULL,
	insight_id TEXT NOT NULL,
	category TEXT NOT NULL,
	title TEXT NOT NULL,
	detail TEXT NOT NULL,
	confidence BIGINT NOT NULL,
	related_sales TEXT NOT NULL,
	created_at_ms BIGINT NOT NULL,
	received_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_insights PRIMARY KEY (store_id, source_run_id),
	CONSTRAINT ck_insights_category CHECK (category IN ('cashVariance', 'topSeller', 'watchlist')),
	CONSTRAINT ck_insights_confidence CHECK (confidence BETWEEN 0 AND 1000)
)

-- next

CREATE TABLE webhook_ids (
	store_id TEXT NOT NULL,
	webhook_id TEXT NOT NULL,
	received_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_webhook_ids PRIMARY KEY (store_id, webhook_id)
)

-- next

CREATE INDEX ix_webhook_ids_store_id_received_at_ms ON webhook_ids (store_id, received_at_ms)

-- next

CREATE TABLE webhook_failures (
	store_id TEXT NOT NULL,
	failure_id TEXT NOT NULL,
	received_at_ms BIGINT NOT NULL,
	code TEXT NOT NULL,
	reason TEXT NOT NULL,
	webhook_id TEXT,
	body BYTEA NOT NULL,
	CONSTRAINT pk_webhook_failures PRIMARY KEY (store_id, failure_id)
)

-- next

CREATE TABLE receivers (
	store_id TEXT NOT NULL,
	receiver_id TEXT NOT NULL,
	url TEXT NOT NULL,
	secret TEXT NOT NULL,
	topics TEXT NOT NULL,
	created_at_ms BIGINT NOT NULL,
	disabled_at_ms BIGINT,
	reason TEXT,
	CONSTRAINT pk_receivers PRIMARY KEY (store_id, receiver_id)
)

-- next

CREATE TABLE outbox (
	store_id TEXT NOT NULL,
	message_id TEXT NOT NULL,
	receiver_id TEXT NOT NULL,
	topic TEXT NOT NULL,
	body BYTEA NOT NULL,
	created_at_ms BIGINT NOT NULL,
	tries BIGINT NOT NULL,
	due_at_ms BIGINT,
	delivered_at_ms BIGINT,
	problem TEXT,
	CONSTRAINT pk_outbox PRIMARY KEY (store_id, message_id)
)

-- next

CREATE INDEX ix_outbox_store_id_due_at_ms ON outbox (store_id, due_at_ms)

-- next

CREATE TABLE sessions (
	store_id TEXT NOT NULL,
	session_id TEXT NOT NULL,
	staff_id TEXT NOT NULL,
	device_id TEXT,
	token_hash BYTEA NOT NULL,
	created_at_ms BIGINT NOT NULL,
	expires_at_ms BIGINT NOT NULL,
	proven_at_ms BIGINT NOT NULL,
	revoked_at_ms BIGINT,
	CONSTRAINT pk_sessions PRIMARY KEY (store_id, session_id),
	CONSTRAINT uq_sessions_token_hash_store_id UNIQUE (token_hash, store_id)
)

-- next

CREATE INDEX ix_sessions_store_id_staff_id ON sessions (store_id, staff_id)

-- next

CREATE TABLE sign_ins (
	store_id TEXT NOT NULL,
	staff_id TEXT NOT NULL,
	origin TEXT NOT NULL,
	tries BIGINT NOT NULL,
	locked_until_ms BIGINT NOT NULL,
	CONSTRAINT pk_sign_ins PRIMARY KEY (store_id, staff_id, origin)
)

-- next

CREATE TABLE service_keys (
	store_id TEXT NOT NULL,
	key_id TEXT NOT NULL,
	name TEXT NOT NULL,
	scopes TEXT NOT NULL,
	key_hash BYTEA NOT NULL,
	created_at_ms BIGINT NOT NULL,
	revoked_at_ms BIGINT,
	CONSTRAINT pk_service_keys PRIMARY KEY (store_id, key_id),
	CONSTRAINT uq_service_keys_key_hash_store_id UNIQUE (key_hash, store_id)
)

-- next

CREATE TABLE job_runs (
	store_id TEXT NOT NULL,
	run_id TEXT NOT NULL,
	job TEXT NOT NULL,
	started_at_ms BIGINT NOT NULL,
	ended_at_ms BIGINT,
	outcome TEXT,
	detail TEXT NOT NULL,
	CONSTRAINT pk_job_runs PRIMARY KEY (store_id, run_id),
	CONSTRAINT ck_job_runs_outcome CHECK (outcome IN ('done', 'found', 'failed'))
)

-- next

CREATE INDEX ix_job_runs_store_id_job_started_at_ms ON job_runs (store_id, job, started_at_ms)

-- next

CREATE TABLE backups (
	store_id TEXT NOT NULL,
	backup_id TEXT NOT NULL,
	made_at_ms BIGINT NOT NULL,
	path TEXT NOT NULL,
	size BIGINT NOT NULL,
	encrypted BIGINT NOT NULL,
	digest TEXT NOT NULL,
	problems BIGINT NOT NULL,
	removed_at_ms BIGINT,
	CONSTRAINT pk_backups PRIMARY KEY (store_id, backup_id),
	CONSTRAINT ck_backups_encrypted CHECK (encrypted IN (0, 1))
)

-- next

CREATE TABLE purges (
	store_id TEXT NOT NULL,
	purge_id TEXT NOT NULL,
	at_ms BIGINT NOT NULL,
	before_ms BIGINT NOT NULL,
	preset TEXT NOT NULL,
	entries BIGINT NOT NULL,
	manifest TEXT NOT NULL,
	CONSTRAINT pk_purges PRIMARY KEY (store_id, purge_id)
)

-- next

CREATE TABLE audit (
	store_id TEXT NOT NULL,
	audit_id TEXT NOT NULL,
	at_ms BIGINT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	detail TEXT NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (store_id, audit_id)
)

-- next

CREATE INDEX ix_audit_store_id_at_ms ON audit (store_id, at_ms)

-- next

CREATE TABLE tills (
	store_id TEXT NOT NULL,
	till_id TEXT NOT NULL,
	label TEXT NOT NULL,
	machine TEXT NOT NULL,
	enrolled_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_tills PRIMARY KEY (store_id, till_id),
	CONSTRAINT uq_tills_store_id_label UNIQUE (store_id, label),
	CONSTRAINT fk_tills_store_id FOREIGN KEY(store_id) REFERENCES stores (store_id)
)

-- next

CREATE TABLE enrol_codes (
	store_id TEXT NOT NULL,
	code_hash BYTEA NOT NULL,
	till_id TEXT,
	created_at_ms BIGINT NOT NULL,
	expires_at_ms BIGINT NOT NULL,
	used_at_ms BIGINT,
	tries BIGINT NOT NULL,
	CONSTRAINT pk_enrol_codes PRIMARY KEY (store_id, code_hash),
	CONSTRAINT fk_enrol_codes_store_id FOREIGN KEY(store_id) REFERENCES stores (store_id)
)

-- next

CREATE INDEX ix_enrol_codes_code_hash ON enrol_codes (code_hash)

-- next

CREATE TABLE webhook_secrets (
	store_id TEXT NOT NULL,
	secret_id TEXT NOT NULL,
	secret TEXT NOT NULL,
	created_at_ms BIGINT NOT NULL,
	retired_at_ms BIGINT,
	CONSTRAINT pk_webhook_secrets PRIMARY KEY (store_id, secret_id),
	CONSTRAINT fk_webhook_secrets_store_id FOREIGN KEY(store_id) REFERENCES stores (store_id)
)

-- next

CREATE TABLE devices (
	store_id TEXT NOT NULL,
	device_id TEXT NOT NULL,
	till_id TEXT NOT NULL,
	key_hash BYTEA NOT NULL,
	created_at_ms BIGINT NOT NULL,
	revoked_at_ms BIGINT,
	CONSTRAINT pk_devices PRIMARY KEY (store_id, device_id),
	CONSTRAINT uq_devices_key_hash_store_id UNIQUE (key_hash, store_id),
	CONSTRAINT fk_devices_store_id_till_id FOREIGN KEY(store_id, till_id) REFERENCES tills (store_id, till_id)
)
