// Drives the client that openapi-generator generates: `client <url> <number>`, and two codes as lines of input.
// It prints a line of JSON after the request of a code, and one at the end.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"client/otp"
)

type object = map[string]any

func main() {
	configuration := otp.NewConfiguration()
	configuration.Servers = otp.ServerConfigurations{{URL: os.Args[1]}}
	api := otp.NewAPIClient(configuration)
	key := context.WithValue(context.Background(), otp.ContextAccessToken, "sk_dev")
	input := bufio.NewScanner(os.Stdin)

	request := otp.NewCodeRequestBody(os.Args[2])
	request.SetReference("cart-77")
	body := otp.CodeRequestBodyAsRequestCodeBody(request)
	pending, _, err := api.VerificationsAPI.RequestCode(key).RequestCodeBody(body).Execute()
	require(err)
	show(object{"phone_number": pending.PhoneNumber, "sends_left": pending.SendsLeft})

	check := func() (*otp.ApprovedResponse, error) {
		input.Scan()
		typed := otp.NewCheckByIdBody(input.Text(), pending.VerificationId)
		body := otp.CheckByIdBodyAsVerifyCodeBody(typed)
		approved, _, err := api.VerificationsAPI.VerifyCode(key).VerifyCodeBody(body).Execute()
		return approved, err
	}
	_, err = check()
	var refused *otp.GenericOpenAPIError
	if !errors.As(err, &refused) {
		require(fmt.Errorf("no problem: %w", err))
	}
	problem := refused.Model().(otp.Problem)
	if problem.Code != otp.INCORRECT_CODE {
		require(fmt.Errorf("not incorrect_code: %v", problem.Code))
	}
	approved, err := check()
	require(err)
	first, second := redeem(api, key, approved.Proof), redeem(api, key, approved.Proof)

	show(object{
		"wrong":        object{"code": problem.Code, "status": problem.Status, "attempts_left": problem.GetAttemptsLeft()},
		"phone_number": approved.PhoneNumber,
		"claims":       object{"sub": first.GetSub(), "aud": first.GetAud(), "nonce": first.GetNonce(), "amr": first.Amr},
		"active":       []bool{first.Active, second.Active},
	})
}

func redeem(api *otp.APIClient, key context.Context, proof string) *otp.ProofResponse {
	answer, _, err := api.ProofsAPI.RedeemProof(key).ProofBody(*otp.NewProofBody(proof)).Execute()
	require(err)
	return answer
}

func show(value object) {
	text, err := json.Marshal(value)
	require(err)
	fmt.Println(string(text))
}

func require(err error) {
	if err != nil {
		panic(err)
	}
}
