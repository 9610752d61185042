"""Orders over HTTP: a context left set, a map that only grows, a file, a connection and an executor left open."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

from flask import Flask, jsonify, request
from psycopg2.pool import ThreadedConnectionPool

app = Flask(__name__)
pool = ThreadedConnectionPool(1, 10, "dbname=shop")
tenant = ContextVar("tenant")
last_seen = {}


@app.get("/orders/<order>")
def show(order):
    tenant.set(request.headers["X-Tenant"])
    last_seen[order] = request.remote_addr
    connection = pool.getconn()
    cursor = connection.cursor()
    cursor.execute("select * from orders where id = %s", (order,))
    row = cursor.fetchone()
    cursor.close()
    pool.putconn(connection)
    return jsonify(row)


@app.post("/orders/import")
def load():
    lines = open(request.args["path"]).readlines()
    return jsonify(len(lines))


@app.post("/orders/report")
def report():
    executor = ThreadPoolExecutor(max_workers=4)
    futures = [executor.submit(str.upper, line) for line in request.json]
    return jsonify([future.result() for future in futures])
