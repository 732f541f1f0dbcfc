"""The developer's inbox answers at its former addresses, /dev/phone…, as at /dev/inbox…."""

SMS = {"to": "+31612345678", "text": "042137 is your code.", "message_id": "ms_x"}


async def test_former_addresses_answer_as_the_inbox(client):
    assert (await client.post("/dev/phone/messages", json=SMS)).status_code == 201

    former, current = [(await client.get(f"/dev/{name}/messages")).json() for name in ("phone", "inbox")]
    pages = [(await client.get(f"/dev/{name}")).status_code for name in ("phone", "inbox")]

    assert former == current != []
    assert pages == [200, 200]
