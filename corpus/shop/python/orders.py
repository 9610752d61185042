"""Orders over HTTP: a context left set, a map that only grows, a file, a connection and a pool of processes left open."""

from contextvars import ContextVar
from multiprocessing import Pool

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
    workers = Pool(4)
    return jsonify(workers.map(str.upper, request.json))
