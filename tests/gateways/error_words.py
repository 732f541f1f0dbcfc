"""A second copy of each vendor's error table, so that a change of a table is deliberate.

Each line is one of our reasons and the vendor's codes for it.
"""

WRITTEN = {
    "aws.REASON": """
        opted_out: DESTINATION_PHONE_NUMBER_OPTED_OUT
        blocked_destination: DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE
        provider_error: COUNTRY_NOT_ENABLED DESTINATION_PHONE_NUMBER_NOT_VERIFIED DESTINATION_COUNTRY_BLOCKED
        provider_error: DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION
        provider_error: INTERNATIONAL_SENDING_NOT_SUPPORTED PRICE_OVER_THRESHOLD
        invalid_sender: INVALID_IDENTITY_FOR_DESTINATION_COUNTRY NO_ORIGINATION_IDENTITIES_FOUND
        invalid_sender: NUMBER_CAPABILITIES_MISMATCH SENDER_ID_NOT_REGISTERED SENDER_ID_NOT_SUPPORTED
        invalid_sender: SENDER_ID_REQUIRES_REGISTRATION MESSAGE_TYPE_MISMATCH RESOURCE_NOT_ACTIVE
        invalid_sender: ResourceNotFoundException
        config: CHANNEL_NOT_ENABLED INVALID_ARN RESOURCE_NOT_ACCESSIBLE
        content_rejected: MAXIMUM_SIZE_EXCEEDED
        no_credit: MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT ServiceQuotaExceededException
        auth: ACCOUNT_DISABLED INSUFFICIENT_ACCOUNT_REPUTATION AccessDeniedException ExpiredTokenException
        auth: IncompleteSignatureException InvalidSignatureException MissingAuthenticationTokenException
        auth: UnrecognizedClientException""",
    "aws.REPORT_REASON": """
        invalid_number: TEXT_INVALID
        unreachable_temporary: TEXT_UNREACHABLE
        blocked_destination: TEXT_BLOCKED TEXT_PROTECT_BLOCKED
        content_rejected: TEXT_INVALID_MESSAGE TEXT_CARRIER_BLOCKED TEXT_SPAM
        provider_error: TEXT_CARRIER_UNREACHABLE""",
    "aws.FIELD": """
        invalid_number: DestinationPhoneNumber
        invalid_sender: OriginationIdentity
        content_rejected: MessageBody
        config: ConfigurationSetName""",
    "dev_inbox.REASON": """
        unreachable_temporary: undelivered""",
    "bird.REASON": """
        invalid_number: SMSInvalidRecipient
        invalid_sender: SMSSenderNotConfigured SMSMessagingProfileSenderBound SenderCategoryNotPermitted""",
    "bird.CLASS": """
        auth: auth_error
        no_credit: billing_error
        config: misdirected_error not_found_error
        throttled: rate_limit_error""",
    "bird.REPORT_REASON": """
        invalid_number: invalid_destination landline_unreachable
        unreachable_temporary: unreachable
        unreachable_permanent: blocked_by_recipient
        opted_out: recipient_opted_out
        blocked_destination: blocked_by_fraud_protection
        invalid_sender: sender_unregistered
        content_rejected: blocked_by_carrier content_rejected
        provider_error: provider_unavailable
        no_credit: insufficient_balance
        unknown: unknown""",
    "gatewayapi.REASON": """
        auth: 0x0210 0x0211 0x0223 0x0224 0x0225 0x0226
        no_credit: 0x0216
        config: 0x0212 0x0213 0x0218 0x021d 0x021e 0x0220 0x0221 0x0222 0x0311
        duplicate: 0x0214 0x0310
        blocked_destination: 0x0215
        provider_error: 0x0217 0x021f 0x1015 0x101a 0x101b 0x1027 0x102e 0x1042 0x1046 0x1047 0x104a 0x1050
        provider_error: 0x1054 0x1090 0x1091
        invalid_number: 0x1010 0x1020 0x1040 0x1060 0x1061 0x1062 0x1084
        unreachable_temporary: 0x1013 0x1018 0x1019 0x1021 0x1022 0x1023 0x102a
        unreachable_permanent: 0x1011 0x1012 0x1014 0x1024 0x1025 0x1026 0x102c 0x103c 0x1041 0x1049 0x1093
        invalid_sender: 0x1033 0x1065 0x1066 0x1067
        content_rejected: 0x1035 0x1039 0x1078 0x1085 0x1086 0x1087""",
    "generic._ERRORS": """
        auth: invalid_client unauthorized_client access_denied invalid_grant
        config: invalid_request invalid_scope unsupported_grant_type invalid_target""",
    "infobip.REASON": """
        invalid_number: 8 51 52
        blocked_destination: 10 14 87
        invalid_sender: 11 13
        content_rejected: 24 25
        no_credit: 12 17
        throttled: 20
        provider_error: 6 18 19 21 31 100
        expired: 15 29""",
    "infobip.REPORT_REASON": """
        invalid_number: 1 5 351 352 3041
        unreachable_temporary: 6 8 13 27 31 33 256 581 1031
        unreachable_permanent: 9 11 12 565 568 569 629
        opted_out: 573 603
        blocked_destination: 566 604 608 2049 2050 2052
        invalid_sender: 368 488 562 563 564 2053
        content_rejected: 355 561 607 2051
        no_credit: 4099
        config: 571 572 594 597
        throttled: 541 542 609 4103 4104 4202
        expired: 811 4098 4100 4101""",
    "messagebird.REASON": """
        auth: 2
        config: 20 98
        no_credit: 25""",
    "messagebird.FIELD": """
        invalid_number: recipient recipients
        invalid_sender: originator
        content_rejected: body
        auth: access_key""",
    "messagebird.REPORT_REASON": """
        invalid_number: 1 5
        unreachable_temporary: 6 27 31
        opted_out: 103""",
    "messagebird.REPORT_TEXT": """
        invalid_number: unknown_subscriber
        unreachable_temporary: unavailable_subscriber
        expired: dlr_not_received expired
        provider_error: received_network_error
        opted_out: opted_out
        no_credit: insufficient_balance""",
    "plivo.REASON": """
        invalid_number: 50
        unreachable_temporary: 80
        unreachable_permanent: 70
        opted_out: 200
        invalid_sender: 40 201
        content_rejected: 10 30 110
        expired: 420
        no_credit: 900
        provider_error: 20 60 90 100 300 450""",
    "sinch.REPORT_REASON": """
        invalid_number: 300
        unreachable_permanent: 152
        invalid_sender: 1 60 310 410
        provider_error: 2 402 403 404 408
        expired: 406
        content_rejected: 15 62 411
        throttled: 64
        config: 412
        auth: 413""",
    "plivo.SUBJECT": """
        no_credit: credit
        invalid_sender: src
        invalid_number: dst""",
    "sinch.REASON": """
        auth: blocked_account
        config: missing_callback_url""",
    "smstools.REASON": """
        content_rejected: 102 112 114 118 121 139
        invalid_number: 103 106
        auth: 104 116 1403
        no_credit: 108
        invalid_sender: 109 110 111
        opted_out: 131
        config: 138 200
        throttled: 1002""",
    "smstools.REPORT_REASON": """
        invalid_number: 10
        unreachable_temporary: 11""",
    "telnyx.REASON": """
        auth: 10009 10010 20002 20006
        no_credit: 20012 20100
        config: 10003 10005 10006 20013 20014 20015 20016 20017 40100 40150 40151 40311 40312 40313 40314
        invalid_sender: 10001 10002 10016 40003 40010 40013 40305 40306 40308 40315 40320 40321 40329
        invalid_number: 40001 40012 40310
        opted_out: 40300
        content_rejected: 40002 40009 40015 40017 40302 40304 40316 40317 40322 40328
        expired: 40005 40014
        throttled: 10011 40011 40016 40018 40318
        provider_error: 40004 40006 40007 40008 40301 40309 40319""",
    "twilio.REASON": """
        invalid_number: 21211 21217 21265 21266 21604 21614 21635
        unreachable_temporary: 30003
        unreachable_permanent: 30005 30006
        opted_out: 21610
        blocked_destination: 21268 30004 30450 30453
        invalid_sender: 21210 21212 21601 21603 21606 21607 21616 21703 21704 21709 30018 30024 30032 30034
        invalid_sender: 21267 21657 21659 21660 21661 30042
        content_rejected: 21602 21605 21617 21618 30007 30012
        auth: 10001 20003 20005 20006 20010 20403 30002 90010
        config: 20008 20404 21609 21701 21702 21705 23001 23002 23003 23004 23005 23006 30029 30030
        throttled: 14107 20429 21611 30001 30022 30023 30027 63038
        provider_error: 21214 21219 21408 21608 21612 30017 30410
        expired: 30036
        unknown: 30008""",
    "vonage.REASON": """
        auth: 4 8 14
        no_credit: 9
        config: 2 11 22 23 32
        invalid_sender: 15
        content_rejected: 12
        blocked_destination: 7
        unreachable_permanent: 33
        throttled: 1 10
        provider_error: 5 6 29
        unknown: 3""",
    "vonage.REPORT_REASON": """
        unreachable_temporary: 2 7 15
        unreachable_permanent: 3
        opted_out: 9
        blocked_destination: 4 13 14
        content_rejected: 6 10 50 51 52 53 54
        provider_error: 5 8 11 12 16""",
}
