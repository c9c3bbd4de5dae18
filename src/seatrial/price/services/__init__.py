"""What each AWS service bills, one function per resource type, one module per service.

A function takes a resource and the `Estimate`, and gives lines; what a resource type
costs nothing for is in `seatrial.price.free`, never here.
"""
