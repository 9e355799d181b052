"""A page and what belongs to it, fetched at the same time."""
import gevent
from gevent.pool import Pool
from locust import FastHttpUser, HttpUser, between, task


class Browser(FastHttpUser):
    wait_time = between(0.1, 0.2)

    @task
    def page(self):
        self.client.get("/", name="page")
        pool = Pool()
        for number in range(4):
            pool.spawn(self.client.get, f"/items/{number}", name="/items/[id]")
        pool.join()


class Slower(HttpUser):
    wait_time = between(0.1, 0.2)

    @task
    def page(self):
        self.client.get("/", name="page")
        jobs = [gevent.spawn(self.item, number) for number in range(3)]
        gevent.joinall(jobs, timeout=5)
        assert all(job.value == 200 for job in jobs)

    def item(self, number):
        return self.client.get(f"/items/{number}", name="/items/[id]").status_code
