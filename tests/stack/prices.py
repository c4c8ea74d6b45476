"""Public prices of AWS in us-east-1, in US dollars, as known of 2025: when this was written the pages could not be looked at,
so look before you rely on them. Each is what AWS charges beyond any free allowance.
"""

DATE = "2025"
READ = 0.125 / 1e6  # https://aws.amazon.com/dynamodb/pricing/on-demand/: a read request unit
WRITE = 0.625 / 1e6  # the same: a write request unit
KMS = 0.03 / 1e4  # https://aws.amazon.com/kms/pricing/: a request, symmetric or RSA-2048
KMS_KEY = 1.0  # the same: a key for a month
INVOCATION = 0.20 / 1e6  # https://aws.amazon.com/lambda/pricing/
GB_SECOND = 0.0000133334  # the same: arm64
HTTP_API = 1.00 / 1e6  # https://aws.amazon.com/api-gateway/pricing/: a request of up to 512 KB
LOGS = 0.50  # https://aws.amazon.com/cloudwatch/pricing/: a GB that is taken in
CLOUDFRONT = (1.00 + 0.10) / 1e6  # https://aws.amazon.com/cloudfront/pricing/: a request over TLS, and its function
METRIC = 0.30  # https://aws.amazon.com/cloudwatch/pricing/: a metric for a month

# https://aws.amazon.com/cognito/pricing/: plan → (users a month that are free, price of each of the next users). Lite's price
# falls to 0.0046 beyond 100,000; the others have one.
COGNITO = {"Lite": (10_000, 0.0055), "Essentials": (10_000, 0.015), "Plus": (0, 0.02)}
COGNITO_MACHINE_TOKEN = 2.25 / 1e3  # the same: a client_credentials token, up to 300,000 a month
