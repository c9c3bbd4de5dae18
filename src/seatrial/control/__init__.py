"""The decisions AWS takes, as plain functions and small state machines with the time passed in.

Takes facts (a probe passed, a task failed, a datapoint arrived) and the time they were seen;
gives decisions as frozen data. Never starts a process, opens a socket, reads a clock or a file,
and imports nothing else of seatrial: the local cloud drives it with a real clock, the
simulation with a virtual one.

One turn of a driver for a service: `health` judges each target, `service.task_state` makes task
views of it, `tracking.combine` may change the desired count, `deployment.Deployments` says which
version to aim for and whether to launch (`backoff` may say not yet), and `service.plan` says what
to start and stop. One turn for a database is told in `failover`, for a cache in `replication`.

Rules that AWS documents cite the page; what AWS does not say is listed in `assumptions`.
"""
