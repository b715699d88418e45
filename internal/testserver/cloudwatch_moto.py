"""Lets AWS's SDK for Go, which speaks rpc-v2-cbor, put metrics into moto's CloudWatch, which doesn't.

A PutMetricData is read by botocore, held against AWS's own model of the service, and handed to moto by a client of
botocore's. GET /statistics asks moto for GetMetricStatistics; percentiles, which moto has none of, are made here of the
values that it keeps.
"""
import gzip
import http.server
import json
import math
import sys
import urllib.parse
from datetime import datetime, timedelta, timezone

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import RpcV2CBORParser
from botocore.validate import ParamValidator
from moto.cloudwatch.models import cloudwatch_backends
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"
ACCOUNT = "123456789012"  # moto's

session = botocore.session.get_session()
session.set_credentials("id", "secret")
model = session.get_service_model("cloudwatch")
parser = RpcV2CBORParser()


def connect():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    return session.create_client(
        "cloudwatch", region_name=REGION, endpoint_url=f"http://{host}:{port}",
        config=Config(retries={"max_attempts": 0}, disable_request_compression=True))


def cbor_error(code, message):
    out = bytearray(b"\xa2")
    for text in ("__type", "com.amazonaws.cloudwatch#" + code, "message", message):
        raw = text.encode()
        out += b"\x79" + len(raw).to_bytes(2, "big") + raw
    return bytes(out)


def percentile(values, p):
    """The value at the nearest rank, as CloudWatch's documentation has it."""
    return values[max(math.ceil(p / 100 * len(values)), 1) - 1]


def statistics(query):
    start, end = datetime.now(timezone.utc) - timedelta(hours=1), datetime.now(timezone.utc) + timedelta(hours=1)
    dimensions = [{"Name": n, "Value": v} for n, v in json.loads(query["dimensions"]).items()]
    points = cloudwatch.get_metric_statistics(
        Namespace=query["namespace"], MetricName=query["name"], Dimensions=dimensions, StartTime=start, EndTime=end,
        Period=7200, Statistics=["Sum", "SampleCount", "Maximum"])["Datapoints"]
    if len(points) != 1:
        return {"Datapoints": len(points)}
    kept = sorted(
        d.value for d in cloudwatch_backends[ACCOUNT][REGION].metric_data
        if d.namespace == query["namespace"] and d.name == query["name"]
        and {x.name: x.value for x in d.dimensions} == json.loads(query["dimensions"]))
    point = points[0]
    return {"Datapoints": 1, "Sum": point["Sum"], "SampleCount": point["SampleCount"], "Maximum": point["Maximum"],
            "Unit": point.get("Unit"), "P50": percentile(kept, 50), "P99": percentile(kept, 99), "Kept": len(kept)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("smithy-protocol", "rpc-v2-cbor")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        self.answer(200, json.dumps(statistics(query)).encode(), "application/json")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        shape = model.operation_model("PutMetricData").input_shape
        params = parser._parse_shape(shape, parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)))
        found = ParamValidator().validate(params, shape)
        if found.has_errors():
            return self.answer(400, cbor_error("ValidationError", found.generate_report()), "application/cbor")
        try:
            cloudwatch.put_metric_data(**params)
        except ClientError as err:
            error = err.response["Error"]
            return self.answer(400, cbor_error(error["Code"], error["Message"]), "application/cbor")
        self.answer(200, b"\xa0", "application/cbor")


cloudwatch = connect()
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.daemon_threads = True
server.serve_forever()
