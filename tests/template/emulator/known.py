"""What is known to be otherwise on the emulator than a template says, each with its reason.

A key is a type, a property and the path within it (`*` for any item of a list).
The tests fail when one is not needed any more.
"""

UNASKED = {
    "AWS::CloudFormation::WaitCondition": "no API tells of it but the stack's own events",
    "AWS::CloudFormation::WaitConditionHandle": "an address and no more",
}
"""Types that no service can be asked for."""
