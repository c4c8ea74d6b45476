"""Second factors as the tests see them: an authenticator app, pools that ask for factors."""

import time

import pyotp

ALL_FACTORS = {
    "SmsMfaConfiguration": {
        "SmsAuthenticationMessage": "Sign-in code {####}",
        "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"},
    },
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
    "EmailMfaConfiguration": {"Message": "Your code: {####}", "Subject": "Signing in"},
}


class Authenticator:
    """An authenticator app (pyotp) that never shows a code twice, as people who wait for the next one do not."""

    def __init__(self, secret):
        self.totp = pyotp.TOTP(secret)
        self.shown = None

    def code(self):
        """A code of this half minute, of the next or, while it lasts, of the last: the service accepts all three."""
        half_minute, gone = divmod(time.time(), 30)
        for offset in (-1, 0, 1) if gone < 15 else (0, 1):
            step = int(half_minute) + offset
            if self.shown is None or step > self.shown:
                self.shown = step
                return self.totp.at(step * 30)
        time.sleep(30 - time.time() % 30)
        return self.code()


def require(app, mode, **factors):
    """Sets the pool's mode and factors (all by default); returns the answer."""
    return app.cognito.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration=mode, **(factors or ALL_FACTORS)
    )


def register(app, access_token, name="phone"):
    """Gives a signed-in user an authenticator app."""
    secret = app.anonymous.associate_software_token(AccessToken=access_token)["SecretCode"]
    authenticator = Authenticator(secret)
    verified = app.anonymous.verify_software_token(
        AccessToken=access_token, UserCode=authenticator.code(), FriendlyDeviceName=name
    )
    assert verified["Status"] == "SUCCESS"
    return authenticator


def prefer(app, access_token, **settings):
    """SetUserMFAPreference by short names: sms, software_token, email → (enabled, preferred)."""
    names = {"sms": "SMSMfaSettings", "software_token": "SoftwareTokenMfaSettings", "email": "EmailMfaSettings"}
    return app.anonymous.set_user_mfa_preference(
        AccessToken=access_token,
        **{names[key]: {"Enabled": on, "PreferredMfa": best} for key, (on, best) in settings.items()},
    )


def second(app, challenge, name, **responses):
    """Answers a challenge; returns the tokens or the next challenge."""
    return app.respond(challenge["ChallengeName"], challenge["Session"], USERNAME=name, **responses)
