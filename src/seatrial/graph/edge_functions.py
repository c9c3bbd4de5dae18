"""The programs that run at CloudFront's edge: what a template ships and the local cloud knows.

Both read the same text, so that neither guesses what the other means.
"""

SINGLE_PAGE = """\
function handler(event) {
  var request = event.request;
  var last = request.uri.substring(request.uri.lastIndexOf('/') + 1);
  if (last.indexOf('.') === -1) {
    request.uri = '/index.html';
  }
  return request;
}
"""
"""A path whose last part has no dot is the page's own."""
VISITOR = """\
function handler(event) {
  var request = event.request;
  request.headers['true-client-ip'] = { value: event.viewer.ip };
  return request;
}
"""
"""The visitor's address, which the load balancer's firewall reads."""
