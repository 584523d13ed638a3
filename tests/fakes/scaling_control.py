"""The control loop of the small world that scales: cAdvisor, metrics-server and the HPA's controller, each with its own period."""

import math
from datetime import timedelta

from fakes.scaling_broken import BEGIN, IDLE, STEP


class ControlLoop:
    """From used CPU to a number of replicas; `World` keeps the state and moves the time."""

    def _cadvisor(self):
        for pod in self.pods.values():
            if pod.gone is None and self.t >= pod.created + 0.8:
                pod.used += (IDLE + (self.broken.earlier_cores if self.t < self.broken.earlier_until else 0.0)) * STEP
                due = pod.phase + self.H * math.floor((self.t - pod.phase) / self.H)
                if not pod.samples or pod.samples[-1][0] < due:
                    pod.samples = [*pod.samples[-5:], (self.t if not pod.samples else due, pod.used)]

    def _metrics_down(self):
        return self.broken.metrics_never or (self.step_at is not None and self.t > self.step_at + self.broken.metrics_down_at)

    def _scrape(self):
        self.next_scrape += self.M
        if self._metrics_down():
            return
        for pod in self.pods.values():
            if pod.gone is not None:
                self.metrics.pop(pod.name, None)
            elif pod.samples and (pod.name not in self.stamped or self.stamped[pod.name][0] < pod.samples[-1][0]):
                last = self.stamped.get(pod.name)
                at, used = pod.samples[-1]
                if last is not None:
                    self.metrics[pod.name] = (at, at - last[0], (used - last[1]) / (at - last[0]))
                self.stamped[pod.name] = (at, used)

    def metrics_answer(self):
        return {"items": [{"metadata": {"name": name}, "timestamp": (BEGIN + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ"), "window": f"{window:.3f}s",
                           "containers": [{"name": "egov", "usage": {"cpu": f"{round(cpu * 1e9)}n"}}]} for name, (at, window, cpu) in self.metrics.items()]}

    def _sync(self):
        self.next_sync += self.S
        if self._metrics_down() or not self.broken.request:
            self._active("False", "FailedGetResourceMetric", "unable to get metrics for resource cpu: the server is currently unable to handle the request")
            return
        ready = [p for p in self.pods.values() if self._ready(p) and p.name in self.metrics and self.metrics[p.name][0] - self.metrics[p.name][1] >= p.ready_at]
        if not ready or self.broken.hpa_deaf:
            return
        one = self.broken.target / 100 * float(self.broken.request.removesuffix("m")) / 1000
        ratio = sum(self.metrics[p.name][2] for p in ready) / len(ready) / one
        young = self.spec - len(ready)
        wanted = self.spec if 0.9 <= ratio <= 1.1 or (ratio > 1 and young) else math.ceil(ratio * len(ready) - 1e-9)
        if self.broken.extra_at_hold and wanted > self.broken.low:
            wanted += 2
        self._decide(wanted)

    def _decide(self, wanted):
        high, low = self.broken.high, self.broken.low
        limited = wanted > high
        self.conditions[2] = {"type": "ScalingLimited", "status": "True" if limited else "False",
                              "reason": "TooManyReplicas" if limited else "DesiredWithinRange", "message": ""}
        wanted = min(high, max(low, wanted, 1))
        window = self.window if self.broken.own_window is None else self.broken.own_window
        self.recommendations = [(at, n) for at, n in self.recommendations if at > self.t - window] + [(self.t, wanted)]
        held = max(n for _, n in self.recommendations)
        wanted = held if wanted < self.spec else wanted
        if self.broken.stuck_up and wanted < self.spec:
            return
        wanted = min(wanted, max(2 * self.spec, 4))
        if wanted != self.spec:
            self._scale(wanted, "kube-controller-manager", "scale")
        elif self.desired != wanted:
            self.desired = wanted  # what somebody else set and the load bears is what it wants
            self._tell(self.hpa())

    def _scale(self, count, manager, subresource, *, hpa=True):
        self.spec = count
        if hpa:
            self.desired, self.scaled_at = count, self.stamp()
            self._tell(self.hpa())
            self._tell({"apiVersion": "v1", "kind": "Event", "metadata": {"name": f"egov.{self.version}", "namespace": "khan", "uid": f"e-{self.version}"},
                        "involvedObject": {"kind": "HorizontalPodAutoscaler", "name": "egov"}, "reason": "SuccessfulRescale", "type": "Normal",
                        "message": f"New size: {count}; reason: cpu resource utilization (percentage of request) above target"})
        owned = [m for m in self.managed if "f:replicas" in m["fieldsV1"]["f:spec"]]
        if not owned and subresource == "scale":
            self._tell(self.deployment())  # the API server keeps no owner then
            return
        self.managed = [m for m in self.managed if m not in owned]
        self.managed.append({"manager": manager, "operation": "Update", "subresource": subresource, "time": self.stamp(), "fieldsV1": {"f:spec": {"f:replicas": {}}}})
        self._tell(self.deployment())

    def _active(self, status, reason, message):
        if self.conditions[1]["status"] != status:
            self.conditions[1] = {"type": "ScalingActive", "status": status, "reason": reason, "message": message}
            self._tell(self.hpa())
