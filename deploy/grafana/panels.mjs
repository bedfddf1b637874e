// What the dashboards show. `rate` looks back over 5 minutes; what every instance shows alike is read with max.
const rate = (metric, by = '') => `sum${by === '' ? '' : ` by (${by})`} (rate(${metric}[5m]))`;
const quantile = (q, metric, by = '', where = '') =>
  `histogram_quantile(${q}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${metric}_bucket${where}[5m])))`;
const max = (metric, by = '') => `max${by === '' ? '' : ` by (${by})`} (${metric})`;
const panel = (title, unit, ...of) => ({ title, unit, of });
const number = (title, unit, expression) => ({ title, unit, of: [['', expression]], kind: 'stat' });

const fleet = {
  uid: 'fleet',
  title: 'fleet',
  rows: [
    [
      'Now',
      number('Open jobs', 'short', max('sluice_jobs_open')),
      number('Processes up', 'short', 'sum(up{job="sluice"})'),
      number('Silent workers', 'short', 'sum(max by (service) (sluice_workers{state="silent"}))'),
    ],
    [
      'Work',
      panel('Jobs ended', 'ops', ['{{state}}', rate('sluice_jobs_ended_total', 'state')]),
      panel('Messages in queues', 'short', ['{{pool}} {{state}}', max('sluice_queue_tasks', 'pool, state')]),
      panel('Oldest message', 's', ['{{pool}}', max('sluice_queue_oldest_seconds', 'pool')]),
      panel(
        'Into and out of queues',
        'ops',
        ['{{pool}} in', rate('sluice_tasks_queued_total', 'pool')],
        ['{{pool}} done', rate('sluice_task_duration_seconds_count', 'pool')],
      ),
      panel('Workers', 'short', ['{{service}} {{state}}', max('sluice_workers', 'service, state')]),
      panel('Tasks at once', 'short', ['{{pool}}', max('sluice_pool_concurrency', 'pool')]),
    ],
    [
      'The door',
      panel('Submissions', 'ops', ['{{pipeline}}', rate('sluice_submissions_total', 'pipeline')]),
      panel('Answers (p95)', 's', ['{{route}}', quantile(0.95, 'sluice_http_request_duration_seconds', 'route')]),
      panel('Problems', 'ops', ['{{code}}', rate('sluice_http_problems_total', 'code')]),
      panel(
        'Sockets',
        'short',
        ['open', 'sum(sluice_sockets_open)'],
        ['closed {{reason}}', rate('sluice_sockets_closed_total', 'reason')],
      ),
      panel('Mail intake', 'ops', ['{{door}} {{result}}', rate('sluice_intake_mails_total', 'door, result')]),
      panel('Mail intake: recipients', 'ops', [
        '{{door}} {{answer}}',
        rate('sluice_intake_recipients_total', 'door, answer'),
      ]),
      panel(
        'Mail intake: connections',
        'short',
        ['{{door}}', 'sum by (door) (sluice_intake_connections)'],
        ['policy', 'sum(sluice_policy_connections)'],
      ),
      panel(
        'Policy checks',
        'ops',
        ['{{verdict}}', rate('sluice_policy_checks_total', 'verdict')],
        ['cut off {{reason}}', rate('sluice_policy_cut_off_total', 'reason')],
      ),
      panel('Policy check (p95)', 's', ['p95', quantile(0.95, 'sluice_policy_check_duration_seconds')]),
    ],
    [
      'Stores',
      panel('Redis of the queue', 'bytes', ['{{what}}', max('sluice_redis_bytes', 'what')]),
      panel('Ping to Redis (p95)', 's', ['{{component}}', quantile(0.95, 'sluice_redis_ping_seconds', 'component')]),
      panel('Redis of the cache', 'bytes', ['{{what}}', max('sluice_cache_redis_bytes', 'what')]),
      panel(
        'Record',
        'short',
        ['up', 'min(sluice_record_up)'],
        ['redis up', 'min(sluice_redis_up)'],
        ['cache up', 'min(sluice_cache_up)'],
      ),
      panel('Journal', 'short', ['entries', max('sluice_journal_entries')]),
      panel(
        'Behind',
        's',
        ['lag', max('sluice_journal_lag_seconds')],
        ['batch p95', quantile(0.95, 'sluice_record_batch_seconds')],
      ),
    ],
    [
      'Processes',
      panel('Processor', 'short', ['{{component}} {{instance}}', 'rate(process_cpu_seconds_total{job="sluice"}[5m])']),
      panel('Memory', 'bytes', ['{{component}} {{instance}}', 'process_resident_memory_bytes{job="sluice"}']),
      panel('Event loop (p99)', 's', ['{{component}} {{instance}}', 'nodejs_eventloop_lag_p99_seconds{job="sluice"}']),
      panel('Versions', 'short', ['{{component}} {{version}}', 'count by (component, version) (sluice_build_info)']),
    ],
  ],
};

const pipeline = {
  uid: 'pipeline',
  title: 'pipeline',
  rows: [
    [
      'Jobs',
      panel('Ended', 'ops', ['{{pipeline}} {{state}}', rate('sluice_jobs_ended_total', 'pipeline, state')]),
      panel(
        'Duration (p50, p95)',
        's',
        ['{{pipeline}} p50', quantile(0.5, 'sluice_job_duration_seconds', 'pipeline')],
        ['{{pipeline}} p95', quantile(0.95, 'sluice_job_duration_seconds', 'pipeline')],
      ),
      panel('Looks of the planner', 'ops', ['{{outcome}}', rate('sluice_plans_total', 'outcome')]),
    ],
    [
      'Tasks',
      panel('Settled', 'ops', ['{{task}} {{outcome}}', rate('sluice_task_duration_seconds_count', 'task, outcome')]),
      panel('Duration (p95)', 's', ['{{task}}', quantile(0.95, 'sluice_task_duration_seconds', 'task')]),
      panel('Turned away', 'ops', ['{{pool}} {{verdict}}', rate('sluice_deliveries_skipped_total', 'pool, verdict')]),
    ],
    [
      'Visits',
      panel('Visits', 'ops', ['{{by}} {{outcome}}', rate('sluice_sandbox_visits_total', 'by, outcome')]),
      panel(
        'Time (p50, p95)',
        's',
        ['{{by}} p50', quantile(0.5, 'sluice_sandbox_visit_seconds', 'by')],
        ['{{by}} p95', quantile(0.95, 'sluice_sandbox_visit_seconds', 'by')],
      ),
      panel(
        'Browser',
        'short',
        ['workers with one', 'sum(sluice_sandbox_browser_up)'],
        ['starts in 15 min', 'sum(increase(sluice_sandbox_browser_starts_total[15m]))'],
      ),
      panel('Refused by the guard', 'ops', ['{{why}}', rate('sluice_sandbox_guard_refusals_total', 'why')]),
      panel('Sizes of mails (p95)', 'bytes', ['p95', quantile(0.95, 'sluice_mail_bytes')]),
      panel('Webhooks asked for', 'ops', [
        '{{event}} {{outcome}}',
        rate('sluice_webhooks_announced_total', 'event, outcome'),
      ]),
    ],
    [
      'The record',
      panel('Jobs written', 'ops', ['{{state}}', rate('sluice_recorded_jobs_total', 'state')]),
      panel('Events written', 'ops', ['events', rate('sluice_recorded_events_total')]),
      panel('Removed by age', 'ops', ['{{what}}', rate('sluice_retention_removed_total', 'what')]),
    ],
  ],
};

const quotas = {
  uid: 'quotas',
  title: 'quotas and cache',
  rows: [
    [
      'Quotas',
      panel('Used', 'percentunit', [
        '{{quota}} {{window}}',
        `${max('sluice_quota_used', 'quota, window')} / ${max('sluice_quota_limit > 0', 'quota, window')}`,
      ]),
      panel('Waiting in line', 'short', ['{{quota}} {{priority}}', max('sluice_quota_waiting', 'quota, priority')]),
      panel('Refused', 'ops', [
        '{{quota}} {{window}} {{mode}}',
        rate('sluice_quota_refusals_total', 'quota, window, mode'),
      ]),
      panel(
        'Breaker (2: open)',
        'short',
        ['{{quota}}', max('sluice_breaker_state', 'quota')],
        ['{{quota}} refuses', max('sluice_quota_closed', 'quota')],
      ),
      panel('Parked tasks', 'ops', ['{{task}} {{code}}', rate('sluice_tasks_parked_total', 'task, code')]),
      panel('Switched off (1: off)', 'short', ['{{kind}} {{name}}', max('sluice_switched_off', 'kind, name')]),
    ],
    [
      'Providers',
      panel('Calls', 'ops', ['{{provider}} {{outcome}}', rate('sluice_provider_calls_total', 'provider, outcome')]),
      panel('Time (p95)', 's', ['{{provider}}', quantile(0.95, 'sluice_provider_call_seconds', 'provider')]),
      panel('Calls saved by the cache', 'ops', ['{{namespace}}', rate('sluice_cache_saved_calls_total', 'namespace')]),
    ],
    [
      'Cache',
      panel('Hit rate', 'percentunit', [
        '{{namespace}}',
        `${rate('sluice_cache_answers_total{source=~"memory|redis|joined|stale"}', 'namespace')} / ${rate('sluice_cache_answers_total', 'namespace')}`,
      ]),
      panel('Answers', 'ops', ['{{source}}', rate('sluice_cache_answers_total', 'source')]),
      panel('Answer from Redis (p95)', 's', [
        '{{namespace}}',
        quantile(0.95, 'sluice_cache_answer_duration_seconds', 'namespace', '{source="redis"}'),
      ]),
      panel(
        'Evictions',
        'ops',
        ['Redis', 'max(rate(sluice_cache_redis_evicted_keys[5m]))'],
        ['memory', rate('sluice_cache_memory_evictions_total')],
        ['not shared {{namespace}}', rate('sluice_cache_unshared_total', 'namespace')],
      ),
      panel('Written', 'Bps', ['{{namespace}} {{form}}', rate('sluice_cache_written_bytes_total', 'namespace, form')]),
      panel('Errors', 'ops', ['{{operation}}', rate('sluice_cache_errors_total', 'operation')]),
      panel(
        'Misses, and answers "not known"',
        'ops',
        ['{{namespace}} missed', rate('sluice_cache_misses_total', 'namespace')],
        ['{{namespace}} not known', rate('sluice_cache_negative_total', 'namespace')],
      ),
      panel('Asking time saved', 's', ['{{namespace}}', rate('sluice_cache_saved_seconds_total', 'namespace')]),
      panel('Copies in memory', 'bytes', ['{{namespace}}', 'sum by (namespace) (sluice_cache_memory_bytes)']),
    ],
  ],
};

const failures = {
  uid: 'failures',
  title: 'failures',
  rows: [
    [
      'Dead letters',
      number('Open', 'short', 'sum(max by (state) (sluice_dead_letters{state=~"scheduled|parked"}))'),
      number('Oldest', 's', max('sluice_dead_letters_oldest_seconds')),
      number('Healed of what was redriven', 'percentunit', max('sluice_retry_success_ratio')),
      panel('By state', 'short', ['{{state}}', max('sluice_dead_letters', 'state')]),
      panel('Mean tries', 'short', ['tries', max('sluice_retries_mean')]),
      panel('Orders of people', 'ops', ['{{action}} {{outcome}}', rate('sluice_desk_orders_total', 'action, outcome')]),
    ],
    [
      'What fails',
      panel('Jobs that failed', 'percentunit', [
        'failed or expired',
        `${rate('sluice_jobs_ended_total{state=~"failed|expired"}')} / ${rate('sluice_jobs_ended_total{state!="cancelled"}')}`,
      ]),
      panel('Tasks that failed', 'ops', ['{{task}} {{code}}', rate('sluice_task_failures_total', 'task, code')]),
      panel('Fast retries', 'ops', ['{{task}} {{code}}', rate('sluice_task_retries_total', 'task, code')]),
      panel('Redrives', 'ops', ['{{task}} {{code}}', rate('sluice_redrives_total', 'task, code')]),
      panel('Redrives held', 'ops', ['{{why}}', rate('sluice_redrives_held_total', 'why')]),
      panel('Letters that wait for the record', 'ops', ['tries', rate('sluice_dead_letters_unsaved_total')]),
    ],
    [
      'What stood still',
      panel('Put back on the way', 'ops', ['{{lost}}', rate('sluice_jobs_nudged_total', 'lost')]),
      panel('Ended by the reaper', 'ops', ['{{code}}', rate('sluice_jobs_reaped_total', 'code')]),
      panel('Brought back', 'ops', ['{{from}}', rate('sluice_jobs_restored_total', 'from')]),
      panel(
        'Record in trouble',
        'ops',
        ['set aside', rate('sluice_record_set_aside_total')],
        ['reports missing', rate('sluice_record_reports_missing_total')],
        ['journal stuck', max('sluice_journal_stuck')],
      ),
      panel('Problems at the door', 'ops', ['{{code}}', rate('sluice_http_problems_total', 'code')]),
      panel('Restarts in an hour', 'short', [
        '{{component}}',
        'sum by (component) (changes(process_start_time_seconds{job="sluice"}[1h]))',
      ]),
    ],
  ],
};

export const DASHBOARDS = [fleet, pipeline, quotas, failures];
