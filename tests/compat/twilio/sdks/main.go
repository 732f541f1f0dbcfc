// A client with Twilio's SDK for Go: runs one call for each line of JSON on stdin, and prints what it got.
// Nothing but the origin of the requests differs from a client of Twilio.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"
	verify "github.com/twilio/twilio-go/rest/verify/v2"
)

type call struct {
	Operation, User, Token, Account, Service, Target string
	To, Channel, Code, Locale, VerificationSid       string
}

type found struct {
	Sid      *string    `json:"sid"`
	To       *string    `json:"to"`
	Channel  *string    `json:"channel"`
	Status   *string    `json:"status"`
	Valid    *bool      `json:"valid"`
	Attempts *int       `json:"attempts"`
	Created  *time.Time `json:"created"`
}

// otherOrigin sends what the SDK sends to Twilio to another origin.
type otherOrigin struct {
	client.Client
	origin string
}

func (other *otherOrigin) SendRequest(method string, rawURL string, data url.Values, headers map[string]interface{}, body ...byte) (*http.Response, error) {
	return other.Client.SendRequest(method, strings.Replace(rawURL, "https://verify.twilio.com", other.origin+"/twilio", 1), data, headers, body...)
}

func (one call) run(origin string) (interface{}, error) {
	other := &otherOrigin{client.Client{Credentials: client.NewCredentials(one.User, one.Token)}, origin}
	other.SetAccountSid(one.Account)
	api := twilio.NewRestClientWithParams(twilio.ClientParams{Client: other}).VerifyV2
	switch one.Operation {
	case "start":
		params := &verify.CreateVerificationParams{}
		params.SetTo(one.To).SetChannel(one.Channel)
		if one.Locale != "" {
			params.SetLocale(one.Locale)
		}
		return shown(api.CreateVerification(one.Service, params))
	case "check":
		params := &verify.CreateVerificationCheckParams{}
		params.SetCode(one.Code)
		if one.VerificationSid != "" {
			params.SetVerificationSid(one.VerificationSid)
		} else {
			params.SetTo(one.To)
		}
		got, err := api.CreateVerificationCheck(one.Service, params)
		if err != nil {
			return nil, err
		}
		return found{got.Sid, got.To, got.Channel, got.Status, got.Valid, nil, got.DateCreated}, nil
	case "prove":
		params := &verify.CreateVerificationCheckParams{}
		got, err := api.CreateVerificationCheckWithMetadata(one.Service, params.SetCode(one.Code).SetTo(one.To))
		if err != nil {
			return nil, err
		}
		resource := got.GetResource()
		return map[string]interface{}{"status": resource.Status, "proof": got.GetHeaders().Get("Otp-Proof")}, nil
	case "fetch":
		return shown(api.FetchVerification(one.Service, one.Target))
	case "cancel":
		params := &verify.UpdateVerificationParams{}
		params.SetStatus("canceled")
		return shown(api.UpdateVerification(one.Service, one.Target, params))
	default:
		got, err := api.FetchService(one.Service)
		if err != nil {
			return nil, err
		}
		services, err := api.ListService(nil)
		listed := []string{}
		for _, service := range services {
			listed = append(listed, *service.Sid)
		}
		return map[string]interface{}{"sid": got.Sid, "listed": listed}, err
	}
}

func shown(got *verify.VerifyV2Verification, err error) (interface{}, error) {
	if err != nil {
		return nil, err
	}
	attempts := len(*got.SendCodeAttempts)
	return found{got.Sid, got.To, got.Channel, got.Status, got.Valid, &attempts, got.DateCreated}, nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var one call
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		result, err := one.run(os.Args[1])
		if err != nil {
			kind := fmt.Sprintf("%T", err)
			result = map[string]interface{}{"class": kind, "message": err.Error()}
			if refused, ok := err.(*client.TwilioRestError); ok {
				result = map[string]interface{}{"class": kind, "code": refused.Code, "status": refused.Status, "message": refused.Message}
			}
		}
		printed, _ := json.Marshal(result)
		fmt.Println(string(printed))
	}
}
