rule html_smuggling
{
  meta:
    title = "A page that builds a file by itself"
    explanation = "The attached page holds a file in coded form and hands it to its reader as a download. That hides the file from mail scanners."
    weight = 65
    category = "malware"
  strings:
    $page1 = "<script" nocase
    $page2 = "<svg" nocase
    $blob1 = "new Blob(" nocase
    $blob2 = "msSaveOrOpenBlob" nocase
    $give1 = "createObjectURL" nocase
    $give2 = ".download" nocase
    $code1 = "atob(" nocase
    $code2 = "fromCharCode" nocase
    $code3 = "Uint8Array" nocase
  condition:
    filesize < 20MB and any of ($page*) and any of ($blob*) and any of ($give*) and any of ($code*)
}

rule page_sends_password_to_bot
{
  meta:
    title = "A page that sends what is typed to a chat bot"
    explanation = "The attached page asks for a password and sends it to a Telegram bot, as phishing kits do."
    weight = 85
    category = "phishing"
  strings:
    $bot = "api.telegram.org/bot" nocase
    $field = /type\s*=\s*["']?password/ nocase
  condition:
    filesize < 5MB and all of them
}
