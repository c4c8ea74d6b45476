"""What only a deployment shows: CloudFormation's functions calling each other, behind the API and the edge."""

import os

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def aws():
    """A function: a client of the AWS that the stack is deployed to."""

    def client(service):
        return boto3.session.Session().client(
            service, endpoint_url=os.environ["GATEHOUSE_LOCAL_AWS"], aws_access_key_id="local", aws_secret_access_key="local",
            config=Config(proxies={}),
        )  # fmt: skip

    return client


def test_pools_call_the_triggers_of_the_stack(aws, cognito, anonymous, make_pool, make_client, unique):
    trigger = aws("lambda").get_function(FunctionName="gatehouse-triggers-pre-sign-up")["Configuration"]["FunctionArn"]
    client = make_client(make_pool(LambdaConfig={"PreSignUp": trigger}))

    def sign_up(address):
        attributes = [{"Name": "email", "Value": address}]
        request = {"ClientId": client["ClientId"], "Username": unique(), "Password": "Correct-Horse-7"}
        return anonymous.sign_up(**request, UserAttributes=attributes)

    assert sign_up("ann@example.com")["UserSub"]
    with pytest.raises(ClientError) as refused:
        sign_up("ann@mailinator.com")
    assert refused.value.response["Error"]["Code"] == "UserLambdaValidationException"


def test_the_edge_sends_operations_to_their_functions(aws, cognito, pool_id, unique):
    """The front door's log stays as it is while operations are called."""

    def calls():
        streams = aws("logs").describe_log_streams(logGroupName="/aws/lambda/gatehouse/entrances")["logStreams"]
        return [stream["lastEventTimestamp"] for stream in streams if "lastEventTimestamp" in stream]

    before = calls()
    group = unique("group")
    cognito.create_group(UserPoolId=pool_id, GroupName=group)
    assert cognito.get_group(UserPoolId=pool_id, GroupName=group)["Group"]["GroupName"] == group
    cognito.delete_group(UserPoolId=pool_id, GroupName=group)
    assert calls() == before


def test_what_is_missing_says_so(http):
    headers = {"x-amz-target": "AWSCognitoIdentityProviderService.DescribeUserImportJob", "content-type": "application/x-amz-json-1.1"}
    answer = http("POST", "/", b"{}", headers)
    assert (answer.status, answer.error) in {(501, "NotImplementedException"), (400, "NotImplementedException")}
    assert http("GET", "/no/such/path").status == 404


def test_a_pool_is_known_by_the_edges_address(http, pool_id):
    issuer = f"{os.environ['GATEHOUSE_ISSUER_BASE']}/{pool_id}"
    document = http("GET", f"/{pool_id}/.well-known/openid-configuration").json
    assert document["issuer"] == issuer
    assert document["token_endpoint"].startswith(os.environ["GATEHOUSE_ENDPOINT"])
