"""What objects have fields for and nobody in the sandbox has filled in; clients expect the fields all the same."""

from sandbox.discord.model import Payload

BLANK_MEMBER: Payload = {
    "nick": None,
    "avatar": None,
    "banner": None,
    "premium_since": None,
    "deaf": False,
    "mute": False,
    "flags": 0,
    "pending": False,
    "communication_disabled_until": None,
}

BLANK_GUILD: Payload = {
    "region": "deprecated",
    "features": [],
    "emojis": [],
    "stickers": [],
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "verification_level": 0,
    "default_message_notifications": 0,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "nsfw": False,
    "nsfw_level": 0,
    "max_members": 500_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "premium_progress_bar_enabled": False,
    "widget_enabled": False,
    **dict.fromkeys(
        (
            *("icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id"),
            *("afk_channel_id", "system_channel_id", "widget_channel_id", "rules_channel_id", "max_presences"),
            *("safety_alerts_channel_id", "public_updates_channel_id", "vanity_url_code", "incidents_data"),
        )
    ),
}

BLANK_APPLICATION: Payload = {
    "icon": None,
    "summary": "",  # of old, always empty; interactions.py cannot do without
    "type": None,
    "bot_public": False,
    "bot_require_code_grant": False,
    "integration_types_config": {"0": {}, "1": {}},
    "verify_key": "00" * 32,
    "redirect_uris": [],
    "interactions_endpoint_url": None,
    "role_connections_verification_url": None,
    "approximate_user_install_count": 1,
    "approximate_user_authorization_count": 0,
    "explicit_content_filter": 0,
    "team": None,
    "eligible_oauth2_scopes": [],
}
